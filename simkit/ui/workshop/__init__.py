"""The workshop: pages that teach without a kernel, and the server for a room."""
