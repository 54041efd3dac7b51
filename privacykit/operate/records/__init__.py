"""Our own `[records]` as the work of operators leaves them."""
