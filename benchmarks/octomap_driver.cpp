// SPDX-License-Identifier: GPL-2.0-or-later
// OctoMap's own work on our points, for benchmarks/octomap_peer.py:
//   octomap_driver hits RESOLUTION POINTS OUT.bt
//   octomap_driver rays RESOLUTION POINTS OUT.bt OX OY OZ
//   octomap_driver read TREE OUT
// POINTS holds float64 x, y, z. What is timed is the update alone (processor time), then writing and reading the tree.
// read: the voxels of a .bt or .ot as rows of four uint16 (key x, y, z; 1 where occupied, else 0).
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <octomap/octomap.h>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::unique_ptr<octomap::OcTree> load(const std::string& path) {
  if (path.size() > 3 && path.substr(path.size() - 3) == ".bt") {
    auto tree = std::make_unique<octomap::OcTree>(0.1);
    return tree->readBinary(path) ? std::move(tree) : nullptr;
  }
  return std::unique_ptr<octomap::OcTree>(dynamic_cast<octomap::OcTree*>(octomap::AbstractOcTree::read(path)));
}

int list(const std::string& path, const char* out) {
  const auto start = Clock::now();
  const auto tree = load(path);
  if (!tree) return 3;
  const double seconds = since(start);
  std::ofstream file(out, std::ios::binary);
  size_t voxels = 0;
  for (auto leaf = tree->begin_leafs(); leaf != tree->end_leafs(); ++leaf) {
    const int width = 1 << (16 - leaf.getDepth());
    const octomap::OcTreeKey low = leaf.getIndexKey();
    for (int z = 0; z < width; ++z)
      for (int y = 0; y < width; ++y)
        for (int x = 0; x < width; ++x) {
          const uint16_t row[4] = {uint16_t(low[0] + x), uint16_t(low[1] + y), uint16_t(low[2] + z),
                                   uint16_t(tree->isNodeOccupied(*leaf))};
          file.write(reinterpret_cast<const char*>(row), sizeof row);
          ++voxels;
        }
  }
  std::printf("{\"load\": %.6f, \"nodes\": %zu, \"voxels\": %zu}\n", seconds, tree->size(), voxels);
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const std::string mode = argv[1];
  if (mode == "read") return list(argv[2], argv[3]);
  if (argc < (mode == "rays" ? 8 : 5)) return 2;
  octomap::OcTree tree(std::atof(argv[2]));
  std::ifstream file(argv[3], std::ios::binary);
  std::vector<double> xyz;
  double value;
  while (file.read(reinterpret_cast<char*>(&value), sizeof value)) xyz.push_back(value);
  std::vector<octomap::OcTreeKey> keys;
  octomap::Pointcloud cloud;
  for (size_t i = 0; i + 2 < xyz.size(); i += 3) {
    octomap::OcTreeKey key;
    if (mode == "rays")
      cloud.push_back(xyz[i], xyz[i + 1], xyz[i + 2]);
    else if (tree.coordToKeyChecked(xyz[i], xyz[i + 1], xyz[i + 2], key))
      keys.push_back(key);
  }
  const auto starting = Clock::now();
  const std::clock_t before = std::clock();
  if (mode == "rays")
    tree.insertPointCloud(cloud, octomap::point3d(std::atof(argv[5]), std::atof(argv[6]), std::atof(argv[7])));
  else
    for (const auto& key : keys) tree.updateNode(key, true);
  const double seconds = double(std::clock() - before) / CLOCKS_PER_SEC;
  const double wall = since(starting);
  const auto saving = Clock::now();
  tree.writeBinary(argv[4]);
  const double save = since(saving);
  const auto loading = Clock::now();
  load(argv[4]);
  std::printf("{\"seconds\": %.6f, \"wall\": %.6f, \"save\": %.6f, \"load\": %.6f, \"nodes\": %zu}\n", seconds, wall,
              save, since(loading), tree.size());
}
