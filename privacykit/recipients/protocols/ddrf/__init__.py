"""The Data Deletion Request Framework 1.0 of IAB Tech Lab: three nested tokens. Pure."""
