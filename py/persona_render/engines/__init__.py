"""What draws: the protocol of engines, and those that come with the server."""
