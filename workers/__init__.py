"""The queue's, the clock's and incoming mail's doors: actors that take ids only and may run twice."""
