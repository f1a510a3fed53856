"""Where the octets of images lie: a folder here; `newsletter.transports.s3` keeps the same promise over S3."""
