"""Kecamatan and kelurahan of the city by Kemendagri code."""
