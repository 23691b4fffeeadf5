"""The morning sign-up opens: ten thousand people, one thousand places."""
