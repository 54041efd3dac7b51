"""The life of a data-subject request: proof, deadline, notices, suppression, receipt. Pure."""
