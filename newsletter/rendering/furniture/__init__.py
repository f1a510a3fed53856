"""What an issue may be furnished with: pictures, pull quotes, buttons, callouts, bars, authors, sponsors, a poll."""
