"""Ways out, side by side behind one protocol: smtp, maildir, memory, and providers' HTTP APIs."""
