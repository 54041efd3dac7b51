"""Log files of web servers, line by line, as weak as the logs of the application itself. Pure."""
