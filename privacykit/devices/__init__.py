"""What kind of device a user agent names."""
