"""Signing up many at once from a list: taken, checked, stored all or nothing; by the committee or through links."""

from app.registration.services.batches.checking import CheckedRow as CheckedRow
from app.registration.services.batches.checking import DryRun as DryRun
from app.registration.services.batches.checking import Problem as Problem
from app.registration.services.batches.checking import SlotDemand as SlotDemand
from app.registration.services.batches.checking import check as check
from app.registration.services.batches.columns import slot_label as slot_label
from app.registration.services.batches.columns import template as template
from app.registration.services.batches.ending import discard as discard
from app.registration.services.batches.ending import forget_lists as forget_lists
from app.registration.services.batches.links import LIVES as LIVES
from app.registration.services.batches.links import new_upload_link as new_upload_link
from app.registration.services.batches.links import revoke_upload_link as revoke_upload_link
from app.registration.services.batches.links import works as works
from app.registration.services.batches.storing import Stored as Stored
from app.registration.services.batches.storing import claim as claim
from app.registration.services.batches.storing import release as release
from app.registration.services.batches.storing import store as store
from app.registration.services.batches.taking import MOST_BYTES as MOST_BYTES
from app.registration.services.batches.taking import Sender as Sender
from app.registration.services.batches.taking import TypedList as TypedList
from app.registration.services.batches.taking import read_list as read_list
from app.registration.services.batches.taking import take_list as take_list
from app.registration.services.batches.telling import letter as letter
from app.registration.services.batches.telling import queue_links as queue_links
from app.registration.services.batches.telling import told_already as told_already
