"""The keys of sealed fields, in ``[records]``: made, found, destroyed and wrapped anew."""
