"""Long trials: kills, full disks, second writers, damaged payloads."""
