"""From statements to scored statements: one table, a folder of parts, a cluster, a terminal."""
