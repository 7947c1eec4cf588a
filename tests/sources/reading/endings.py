"""Sources whose readings come to no good end, each in another way; the process that reads imports them by name."""

from __future__ import annotations

import os
import signal
import sys
import time

import polars as pl

from sources.records import Parsed


class Ends:
    """A source that ends the reading, or the process, as it is told."""

    source_id = "metr"

    def __init__(self, how):
        self.how = how

    def parse(self, snapshot):
        getattr(self, self.how)()
        frame = pl.DataFrame({"line": [1]})
        return Parsed({"core.observation": frame}, (), 1)

    def well(self):
        """The reading that comes to an end."""

    def for_a_while(self):
        until = time.process_time() + 0.5
        while time.process_time() < until:
            pass

    def in_some_memory(self):
        bytearray(200 << 20)

    def by_a_fault_in_c(self):
        os.kill(os.getpid(), signal.SIGSEGV)

    def by_leaving(self):
        os._exit(3)

    def never(self):
        while True:
            pass

    def asleep(self):
        signal.pause()

    def in_too_much_memory(self):
        [bytearray(1 << 20) for _ in range(1 << 20)]

    def in_too_much_memory_of_polars(self):
        pl.int_range(1 << 31, eager=True).sort(descending=True)

    def too_deep(self):
        self.too_deep()

    def by_our_own_mistake(self):
        return 1 / 0

    def by_a_panic(self):
        pl.Series([1]).map_elements(lambda _: sys.exit(5))
