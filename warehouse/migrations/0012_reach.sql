-- What moved a range, beside the parts of the median: pages named time passing for what new rows had made wider. Of
-- earlier editions it is not known.
ALTER TABLE out.change ADD COLUMN direction VARCHAR;

ALTER TABLE out.change ADD COLUMN reach_spreads DOUBLE;
