"""What some commands do in this process, on the database itself: the services are imported here, when needed."""
