"""hub_cache.py REPOSITORY REVISION: lays the files of a snapshot as the cache does, in blobs/, with links in their places."""
import os
import sys

repository, revision = sys.argv[1:]
os.mkdir(os.path.join(repository, "blobs"))
for folder, _, names in os.walk(os.path.join(repository, "snapshots", revision)):
    for name in names:
        file = os.path.join(folder, name)
        blob = os.path.join(repository, "blobs", os.path.relpath(file, repository).replace("/", "-"))
        os.rename(file, blob)
        os.symlink(os.path.relpath(blob, folder), file)
