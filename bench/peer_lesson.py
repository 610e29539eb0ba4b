"""The lesson with facenet-pytorch, as one new process: photographs read, faces found and
cropped by MTCNN (as the notebook does, one by one), embedded by InceptionResnetV1 in
batches of 8, PCA, distances and sums of squares. It draws nothing.

usage: bench/peer_lesson.py MTCNN_FOLDER WEIGHTS.pt PEOPLE_FOLDER GROUP_FOLDER
"""
import glob
import os
import sys

import numpy
import torch
from facenet_pytorch import MTCNN, InceptionResnetV1
from PIL import Image

BATCH = 8


def detector(folder, size):
    found = MTCNN(image_size=size, margin=32)
    for name in ("pnet", "rnet", "onet"):
        getattr(found, name).load_state_dict(torch.load(os.path.join(folder, name + ".pt")))
    return found


def embed(network, mtcnn, paths):
    crops = [mtcnn(Image.open(path).convert("RGB")) for path in paths]
    crops = torch.stack([crop for crop in crops if crop is not None])
    with torch.no_grad():
        return torch.cat([network(part) for part in crops.split(BATCH)]).numpy().astype(float)


def main():
    mtcnn, weights, people, groups = sys.argv[1:]
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    network = InceptionResnetV1()
    network.load_state_dict(torch.load(weights), strict=False)  # classes are not asked for
    network.eval()
    faces = embed(network, detector(mtcnn, 256), sorted(glob.glob(people + "/*/*")))
    numpy.linalg.svd(faces - faces.mean(0), full_matrices=False)
    small = detector(mtcnn, 150)
    of = [embed(network, small, sorted(glob.glob(f"{groups}/??_1_{n}_*"))) for n in (1, 0)]
    both = numpy.concatenate(of)
    numpy.sqrt(((both[:, None] - both[None]) ** 2).sum(-1))
    print("WSS", *(((rows - rows.mean(0)) ** 2).sum() for rows in of))


main()
