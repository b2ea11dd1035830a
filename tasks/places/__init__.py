"""Where a corpus may lie: folders and files of this machine, file lists, and storage by URL."""
