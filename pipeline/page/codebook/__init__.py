"""The codebook: to read with what annotators have made of it, and to edit."""
