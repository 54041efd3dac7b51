"""Keys of sealed fields as operators and erasures use them. Opens stores."""
