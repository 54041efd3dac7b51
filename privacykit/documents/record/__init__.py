"""The record of processing: a row an activity, in the columns of several templates. Pure."""
