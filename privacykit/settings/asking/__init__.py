"""The parts of the file about how visitors are asked."""
