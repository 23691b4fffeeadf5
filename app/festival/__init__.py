"""The festival (one edition of Pekan Koperasi), its days and places."""
