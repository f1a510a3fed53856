"""Where the octets of images lie: in a folder, or in an object store that speaks S3."""
