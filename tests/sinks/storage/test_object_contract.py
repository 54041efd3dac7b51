"""Objects in folders and buckets keep the contract of sinks."""

import pytest

from privacykit.testing.samples import NOW
from privacykit.testing.sinks.contract import SinkContract
from privacykit.testing.stubs.storage.s3 import S3Stub
from tests.sinks.storage.places import ids_below, in_bucket, in_folder


class TestFolder(SinkContract):
    """In a folder, in both forms."""

    @pytest.fixture(params=["parquet", "jsonl"])
    def sink(self, request, tmp_path):
        """A sink."""
        return in_folder(tmp_path, format=request.param)

    @pytest.fixture
    def arrived(self, tmp_path):
        """What the files hold."""
        return lambda: ids_below(tmp_path)


class TestBucket(SinkContract):
    """In a bucket, in both forms; a fault that the stub found fails the test."""

    @pytest.fixture
    def stub(self):
        """A bucket."""
        with S3Stub(lambda: NOW) as stub:
            yield stub
        assert stub.faults == []

    @pytest.fixture(params=["parquet", "jsonl"])
    def sink(self, request, stub):
        """A sink."""
        return in_bucket(stub, "/shop/raw", format=request.param)

    @pytest.fixture
    def arrived(self, stub):
        """What the bucket holds."""
        return stub.arrived
