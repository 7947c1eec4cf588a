"""Pure forecasting: frames in, frames out; no clock, no I/O, no unseeded randomness."""
