// SPDX-License-Identifier: GPL-2.0-or-later
// OctoMap's own work on our points: octomap_driver hits|rays RESOLUTION POINTS OUT.bt [OX OY OZ]
// POINTS holds float64 x, y, z. Prints seconds, nodes and leaves; what is timed is the update alone.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <octomap/octomap.h>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const std::string mode = argv[1];
  octomap::OcTree tree(std::atof(argv[2]));
  std::ifstream file(argv[3], std::ios::binary);
  std::vector<double> xyz;
  double value;
  while (file.read(reinterpret_cast<char*>(&value), sizeof value)) xyz.push_back(value);
  const size_t n = xyz.size() / 3;
  std::vector<octomap::OcTreeKey> keys;
  octomap::Pointcloud cloud;
  for (size_t i = 0; i < n; ++i) {
    if (mode == "hits") {
      octomap::OcTreeKey key;
      if (tree.coordToKeyChecked(xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2], key)) keys.push_back(key);
    } else {
      cloud.push_back(xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2]);
    }
  }
  const auto start = std::chrono::steady_clock::now();
  if (mode == "hits") {
    for (const auto& key : keys) tree.updateNode(key, true);
  } else {
    tree.insertPointCloud(cloud, octomap::point3d(std::atof(argv[5]), std::atof(argv[6]), std::atof(argv[7])));
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto saving = std::chrono::steady_clock::now();
  tree.writeBinary(argv[4]);
  const double save = std::chrono::duration<double>(std::chrono::steady_clock::now() - saving).count();
  std::printf("{\"seconds\": %.6f, \"save\": %.6f, \"nodes\": %zu}\n", seconds, save, tree.size());
}
