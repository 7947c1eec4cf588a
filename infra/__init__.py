"""What is run beside the product: docs, benches, trials, studies; each by its bare name, as `python -m infra.docs`."""

from pathlib import Path

__path__ += [str(Path(__file__).with_name(room)) for room in ("pages", "trials", "studies")]
