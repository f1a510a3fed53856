"""Pages of readers, who need no account: subscribe, confirm, agree, leave."""
