"""What became of each event and action of late: kept in a file by each worker, of the cluster."""
