"""First lines of a process in its log, and the counts behind them."""
