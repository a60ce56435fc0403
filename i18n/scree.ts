<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" sourcelanguage="en">
 <context>
  <name>Scree</name>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Point clouds</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>One or more LAS, LAZ, COPC or text files (.txt, .xyz, .csv), a folder with all clouds in it, or a virtual point cloud (.vpc). On the command line repeat INPUT for each. They must share one CRS.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Points to use</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Only points that pass are used, for example Class[Ground], Class[2, 9] or Echo[Last]; names and numbers of classes are equally good. Empty uses all points.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <location filename="../algorithms/voxelmapquery.py" />
   <source>Columns of text clouds</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Names of the columns of text files, in order, as x y z label; empty reads their header line.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Classes of text labels</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>How the values of a label column map to classes, as 0=2,1=1 (label 0 is class 2, ground).</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <location filename="../algorithms/voxelmap.py" />
   <source>Memory to use (MB)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Upper bound in MB (2^20 bytes), at least 512; 0 is half of the free memory, at most 8192. More lets more units run at once; the result is the same, byte for byte.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Threads</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Units computed at once; 0 is one for each processor. The result is the same for any number.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Take over what an interrupted run of the same inputs and options has finished; No starts anew.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <location filename="../algorithms/checkenvironment.py" />
   <location filename="../algorithms/voxelmap.py" />
   <source>Folder for temporary data</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>A folder on a disk with free space of about twice the uncompressed points that are used; empty is the folder of the output. Only Scree's own job folder inside it is ever deleted.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Go on with an interrupted run</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Parameters</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Example</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/calculateattributes.py" />
   <source>Calculate attributes</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/calculateattributes.py" />
   <source>New attributes by formulas of a point's own values, its neighbors and rasters.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/calculateattributes.py" />
   <source>Adds an extra dimension for each formula: of the point's own values (z, Amplitude, any attribute), of rasters (z - r[0] is the height over a DTM), or of neighbors (n[0].z is the height of the first one, also from another cloud: attribute transfer). Where a formula is invalid a point gets NaN, or 0 of integer types. Every point keeps its place and all its attributes.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/calculateattributes.py" />
   <source>One a line (or between semicolons): name(type) = formula, as _height(float) = z - r[0]. Types: int8 to int64, uint8 to uint64, float, double, bool. A later formula may use an earlier one's name.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/calculateattributes.py" />
   <source>Needed where formulas use n[i]: knn(k=1) makes n[0] the nearest point in the plane.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/calculateattributes.py" />
   <source>Clouds of the neighbors</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/calculateattributes.py" />
   <source>Neighbors come from these clouds; empty takes them from the inputs themselves.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/calculateattributes.py" />
   <source>lidar,las,laz,copc,vpc,point cloud,attribute,formula,calculator,normalized height,transfer,addinfo,opals</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/calculateattributes.py" />
   <source>Formulas</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/checkenvironment.py" />
   <source>Check the environment</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/checkenvironment.py" />
   <source>Setup</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/checkenvironment.py" />
   <source>Versions, packages, memory and disk a run stands on, and what to do about each fault.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/checkenvironment.py" />
   <source>Prints the versions of everything Scree stands on, whether rasterio and QGIS share one GDAL, the LAZ backends, processors, memory and the disk for temporary data, and says what to do about each fault. Nothing is installed or changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/checkenvironment.py" />
   <source>Folder to examine, as SCRATCH of the other algorithms; empty is the system's own.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/checkenvironment.py" />
   <source>version,packages,install,diagnose,gdal,numba,laspy,lazrs,memory,scratch</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/checkenvironment.py" />
   <source>Number of faults</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/checkenvironment.py" />
   <source>What was found</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>DEM from point clouds</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Surfaces</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>A raster elevation model from any number of points, in the memory you give.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Makes a raster elevation model from any number of points within the memory you give: by a regularized spline with tension, TIN, natural neighbor, inverse distance, moving plane or nearest point. No seams, the same result for any memory, threads or order of files; an interrupted run goes on where it stopped.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Cell size</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Side of a cell in CRS units (feet where the cloud is in feet). Half of it makes four times the cells. Cells lie on multiples of it whatever the extent, so neighboring runs join.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Attribute to grid</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Dimension whose values make the surface: z, intensity, or any other, extra dimensions included.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Assigns a CRS to clouds without one, or overrides a wrong one; coordinates are not changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Area to grid, widened to whole cells; empty covers the points. Points outside still shape the surface near its edge. Four plain numbers (xmin,xmax,ymin,ymax) are in the clouds' CRS.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>rst: regularized spline with tension, smooth, removes noise, gives slope and curvature. tin: linear in Delaunay triangles. naturalneighbor: smoother, still exact at the points. idw: inverse distance. movingplane: a plane through the nearest points. nearest: the nearest point's value.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>none: all points. nearest: one of the points closer together than the thinning distance. mean: the mean of such points, with their number as its weight. auto: mean for blended rst, nearest for plain rst, none for the others.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Thinning distance</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>CRS units; empty is a cell for mean and half a cell for nearest, 0 is no thinning. Larger is faster and loses detail; smaller keeps more points.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Tension (rst)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Empty is the method's own. Larger (to 100) is like a membrane, smaller (10) like a stiff plate.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Smoothing (rst)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>auto finds it by leave-one-out on a sample of the points; 0 passes through every point; 0.1 is light, 5 strong. Empty is auto for blended and 0.1 for plain segments.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>blended: overlapping fits, joined without steps. plain: each segment with its neighbors' points, as v.surf.rst does; faster to compare, but it may show its borders.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Points per segment (rst)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Most points a leaf of the quad tree holds; empty is the method's own (40 for plain). Larger is smoother between segments and slower, as its cube. It never depends on memory.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Points a plain segment may see (rst)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Of more than these the nearest are kept, which is counted. Larger is smoother and slower.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Direction of anisotropy (rst)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Degrees counterclockwise from east; it has no effect while the scale is 1.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Scale of anisotropy (rst)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Factor on squared distances along that direction; below 1 the surface varies less along it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Longest edge (tin, naturalneighbor)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>CRS units; cells in triangles with a longer edge are nodata. Smaller leaves more gaps; 0 is off.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Neighbors (idw, movingplane)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Nearest points a cell is made of. Larger is smoother and slower, smaller keeps detail and noise.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Power (idw)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Weight is 1 / distance^power. Larger makes the nearest point count more, smaller averages.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Cells where this raster is 0 or nodata are skipped; points there still shape the surface. Another grid or CRS is read by its nearest cell.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Farthest distance to a point</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>CRS units; cells farther from every point are nodata. -1 is 15 cells, 0 is no limit. Larger fills wider gaps, with less to go by.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>GeoTIFF, tiled and compressed; a name that ends in .cog.tif makes a Cloud Optimized GeoTIFF.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>The points that passed, thinned ones too, with surface minus point as extra dimension Deviation.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>A sample of points, each with the error of the surface that was made without it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Points of the cross-validation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Size of the sample, the same on every run. Larger is surer and slower.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Counts of points, leaves and cells, steps across leaf borders, memory and time by phase.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>lidar,las,laz,copc,vpc,point cloud,ground,terrain,elevation,dtm,dsm,raster,grid,interpolation,spline,rst,tension,tin,delaunay,natural neighbor,idw,moving plane,nearest,slope,aspect,curvature</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>CRS of the clouds</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Extent</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/normals.py" />
   <source>Method</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Thinning</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Segments (rst)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Mask</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>DEM</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Points with deviations</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Cross-validation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Report</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Slope</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Aspect</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Profile curvature</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Tangential curvature</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Mean curvature</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Distance to data</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Distance from each cell's center to the nearest point that was used, CRS units.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Points per cell</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>How many points that passed the filter lie in each cell.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/points.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Points read</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Points that passed the filter</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Points left after thinning</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Leaves of the quad tree</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Height of the quad tree</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Cells with a value</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Cells skipped by the mask or its distance</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Cells without a value for other reasons</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Largest step of the surface across a leaf border</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Root mean square of these steps</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Smoothing that was used</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Root mean square deviation of the points from the surface</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Root mean square leave-one-out error</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/points.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Seconds taken</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/points.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Number of warnings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/filterpoints.py" />
   <source>Filter points</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/filterpoints.py" />
   <source>Keeps or drops points by a filter, or by how many neighbors of a kind they have.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/filterpoints.py" />
   <source>Writes the points that pass a filter, or those that fail it. With a neighborhood a point passes only if it has one: at least minPtCount neighbors (else one) that pass the filter of neighbors. The point is its own neighbor, so sphere(r=2) minPtCount=5 drops points with fewer than four others within 2 units.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/filterpoints.py" />
   <source>keep writes the points that pass; drop writes all others.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/filterpoints.py" />
   <source>Empty decides by the filter alone; sphere(r=2) minPtCount=5 also drops lonely points.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/filterpoints.py" />
   <source>lidar,las,laz,copc,vpc,point cloud,filter,noise,outlier,class,echo,region,extract,opals</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/filterpoints.py" />
   <source>Points to write</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>Normals and covariance features</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>A plane through the neighbors of every point: normal, roughness, eigenvalues, shape.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>Fits a plane to the neighbors of every point and adds NormalX/Y/Z, NormalSigma0 (standard deviation of the neighbors from the plane), NormalEigenvalue1..3 of their covariance, NormalPlaneOffset (height of the point over the plane along the normal), NormalPtsGiven and NormalPtsUsed. Fewer than three neighbors, or neighbors on one line, have no normal: NaN. Every point keeps its place and all its attributes.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>As knn(k=10 dim=3d), sphere(r=1) or cylinder(r=1 z=2); knn counts in 3-d here unless dim=2d is said. More neighbors are smoother and slower; 10 or more are advised for the robust methods.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>simplePlane: least squares over all neighbors. robustPlane: neighbors far from the plane are left out, step by step. fmcd: the plane of the three quarters of the neighbors with the smallest covariance determinant, then of all that agree with it; slowest, withstands most blunders.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>Adds Linearity, Planarity, Sphericity, Anisotropy, SurfaceVariation, Verticality, Omnivariance and Eigenentropy (of eigenvalues divided by their sum).</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>upward; toward the point VIEWPOINT; or toward the sensor on TRAJECTORY at the point's GPS time.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>Position normals point to</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>x y z in CRS units, for ORIENTATION point.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>A text file with a header line gps_time x y z, or a cloud; linear between its positions.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>lidar,las,laz,copc,vpc,point cloud,normal,plane,roughness,eigenvalue,covariance,linearity,planarity,sphericity,verticality,omnivariance,neighborhood,opals,knn</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>Add covariance features</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>Direction of normals</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/normals.py" />
   <source>Trajectory</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Neighborhoods</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>LAZ files (*.laz);;LAS files (*.las)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Neighborhood</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Points to work</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Only points that pass get an answer, for example Class[Ground]; empty works all points.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Points that count as neighbors</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Only points that pass are neighbors; b. is the worked point, as in Generic[b.PointSourceId == PointSourceId]. A filter with b. is checked after the search, so a knn may keep fewer than k. Empty counts all points.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Rasters of formulas</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>r[0], r[1], … of formulas and filters, in this order; read bilinearly, invalid at nodata.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>One LAS or LAZ file with the points of all inputs in the order given; their point formats must be the same. Give this or OUTPUT_FOLDER.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>A folder for one file of the same name for each input; COPC becomes LAZ, text becomes LAS.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Output cloud</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Output folder</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Points that passed the process filter</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Points with an answer</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Points a formula is invalid for</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Points written</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>Point statistics</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>Features of any attribute among the neighbors of every point, added as new attributes.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>Computes features of an attribute among the neighbors of every point and adds each as an extra dimension such as mean_z, q95_z or pcount_intensity. Every point keeps its place and all its attributes; one without neighbors gets NaN, or 0 as a count.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>As sphere(r=1), circle(d=3), knn(k=20), cylinder(r=1 z=4) or circle(d=3) and knn(k=20). Larger neighborhoods are smoother and slower; the processed point is its own neighbor.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>Attribute</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>z, intensity, or any other dimension, extra ones included; NaN is left out.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>Features</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>Separated by commas: min, max, range, mean, median, sum, variance, std (with n - 1), rms, pcount, pdens (points per area of the region in the plane), quantile(0.95), nmin(2), nmax(2), minority, majority, entropy (bits).</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>horizontalPlane: values minus that of the point itself. zeroPlane: values as they are. tiltedPlane: distances from the plane through the point across its normal (z only; needs NormalX, NormalY, NormalZ from scree:normals).</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>lidar,las,laz,copc,vpc,point cloud,statistics,mean,median,quantile,density,roughness,entropy,majority,neighborhood,opals</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/pointstats.py" />
   <source>Reference</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>Voxel maps</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>Least probability</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>Voxels above it are occupied. Larger keeps only what was seen often or brightly.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>Box</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>xmin,ymin,zmin,xmax,ymax,zmax in map coordinates; empty is the whole map.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Tiles in memory</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Tiles held at once, within the memory below; 0 is no other limit. The result is the same.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>Upper bound in MB (2^20 bytes), at least 512; 0 is half of the free memory, at most 8192.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>A folder on a disk; empty is the folder of the output.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>voxel,octomap,octree,occupancy,log-odds,lidar,point cloud,3d grid,free space,canopy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapcheck.py" />
   <source>What is damaged</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapcheck.py" />
   <location filename="../ui/caches_panel.py" />
   <location filename="../ui/dock.py" />
   <source>Tiles</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapcheck.py" />
   <source>Voxels</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapcheck.py" />
   <source>Damaged tiles</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapcheck.py" />
   <source>Trees that differ from the truth</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapcheck.py" />
   <source>Trees made anew</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapexport.py" />
   <source>Voxels written</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapexport.py" />
   <source>Nodes of the tree</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapmerge.py" />
   <source>The changed map</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapmerge.py" />
   <source>Tiles changed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapquery.py" />
   <source>Points to ask at</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapquery.py" />
   <source>Clouds (LAS, LAZ, text): each point gets the probability of its voxel, empty if unknown.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapquery.py" />
   <source>As x y z; empty reads their header line.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapquery.py" />
   <source>Rows written</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapquery.py" />
   <source>Rows in observed voxels</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>Columns with occupied voxels</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>Peak memory (MB)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>Top</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>Upper face of the highest occupied voxel, in the vertical unit of the map.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>Bottom</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>Lower face of the lowest occupied voxel.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>Occupied voxels</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>How many occupied voxels the column has.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>Canopy gap</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>Height of the largest gap between two occupied voxels; 0 where there is none.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Adds point clouds to a tiled voxel map: each voxel keeps the log-odds of being occupied and how often it was observed. Only a few tiles are in memory. A run counts as a whole or not at all, an interrupted one goes on, and its result does not depend on memory, order or splitting of files. Airborne clouds have no free space unless the sensor's place is known: by default every return is a hit.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Folder of the map. One that holds a map is continued; any other folder must be empty or new.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Voxel size</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Side of a voxel in CRS units; empty takes that of the map. Half makes up to 8 x the voxels.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Tile size</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Side of a tile in CRS units, a whole number of voxels; empty is 10, or that of the map. Airborne clouds at 0.5 m are faster with 50 or 100 (fewer files); smaller tiles need less memory.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Returns that are misses</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>A filter, as Class[7]; for MISSES filter.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Place of the sensor</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>x,y,z in CRS units: one place for all; for MISSES rays.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Longest ray</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>CRS units; farther returns are no hits and their rays are cut there. Smaller is faster; 0 is no limit.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Seconds of a scan</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Window of gps time for SCAN_BY time.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Voxel map</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Log-odds of a hit</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Added, times weight and rate, by a hit. Larger is surer sooner.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Log-odds of a miss</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Added by a miss, below 0. Farther from 0 frees sooner.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Lowest log-odds</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Values stop there. Closer to 0 forgets sooner.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Highest log-odds</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Sharpness of the weights</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Decay of the rate</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Least rate</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>The rate falls no lower. Larger keeps old voxels changeable.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Protection begins at</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Probability beyond which a contradicting observation counts less.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Strength of protection</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>What is left of such an observation; smaller protects more, 1 not at all.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Hits and rays by tile</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Tiles of the map</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Tiles this run changed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Voxels of the map</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Loads for each distinct tile</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Intensity at or below which a return weighs nothing</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Intensity from which the weight grows no more</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/caches_panel.py" />
   <source>Cache</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/caches_panel.py" />
   <source>Dirty</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/caches_panel.py" />
   <location filename="../ui/dock.py" />
   <source>Memory</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/caches_panel.py" />
   <source>Hits</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/caches_panel.py" />
   <source>Evicted</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/caches_panel.py" />
   <source>Saved</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/dock.py" />
   <source>Scree: Memory and Jobs</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/dock.py" />
   <source>Flush Cache</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/dock.py" />
   <source>Ask running jobs to write their changed tiles to disk between two blocks.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/dock.py" />
   <source>Jobs</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/dock.py" />
   <source>Scratch</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/expression_panel.py" />
   <source>Presets</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/expression_panel.py" />
   <source>Draw</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/expression_panel.py" />
   <source>Draw the region over points of the chosen cloud, in plan and from the side.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/expression_panel.py" />
   <source>Reading points…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/expression_panel.py" />
   <source>Choose a point cloud first.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/jobs_panel.py" />
   <source>Cancel</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/jobs_panel.py" />
   <source>Ask the job to stop; it stops between two blocks, within some seconds.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/jobs_panel.py" />
   <source>cancelling…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/jobs_panel.py" />
   <source>Job</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/jobs_panel.py" />
   <source>Phase</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/jobs_panel.py" />
   <source>Done</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/jobs_panel.py" />
   <source>Rate</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/jobs_panel.py" />
   <source>Left</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>x y z intensity return_number number_of_returns classification user_data scan_angle point_source_id gps_time red green blue nir synthetic key_point withheld overlap</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>abs sqrt exp log log10 sin cos tan asin acos atan atan2 floor ceil round trunc min max pow sign isvalid</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Generic</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Class</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Echo</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Region</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Synthetic</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>All points</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Ground</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Ground and water</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Everything but noise</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Last echoes</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>First echoes, for a surface model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>By a formula</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>In the polygons of a file</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Nearest points in space</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Nearest points in plan</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>The same number in every quadrant</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Nearest points, none farther than 50</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>All within 2 in plan</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>All within 2 in space</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>A column 1 wide and 3 high</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>A square of 10</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>At most 20, none farther than 1.5</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Growing with the height above ground</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>The lowest point of every cell</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>Growing until there are 20 cells</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/languages.py" />
   <source>knn circle window square box sphere cylinder incremental sampling sort and or</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/memory_panel.py" />
   <source>seconds ago</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/memory_panel.py" />
   <source>no job, no limit</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/memory_panel.py" />
   <source>limit {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/memory_panel.py" />
   <source>peak {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/neighborhood_facts.py" />
   <source>Halo: a formula decides, point by point</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/neighborhood_facts.py" />
   <source>Halo: as wide as the farthest neighbor, found while searching</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/neighborhood_facts.py" />
   <source>Halo: {0} CRS units</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/neighborhood_facts.py" />
   <source>{0} neighbors of the point drawn</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/neighborhood_facts.py" />
   <source>about {0} where a unit's neighbors must be listed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/parameter_widget.py" />
   <source>Value</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/region_view.py" />
   <source>plan</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/region_view.py" />
   <source>from the south</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/sample_points.py" />
   <source>The Python package numpy is missing.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/sample_points.py" />
   <source>The cloud has no points.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/scratch_panel.py" />
   <source>Delete the unfinished work of these runs? They would start anew.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/scratch_panel.py" />
   <source>Clear Scratch…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/scratch_panel.py" />
   <source>Delete job folders of finished and abandoned runs; asks first.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/scratch_panel.py" />
   <source>No scratch data</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/scratch_panel.py" />
   <source>Clear Scratch</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/scratch_panel.py" />
   <source>In use: {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/scratch_panel.py" />
   <source>Left by {0} interrupted runs, which could go on: {1}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/scratch_panel.py" />
   <source>and {0} more</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/tile_map.py" />
   <source>No tiles: nothing is running</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/tile_map.py" />
   <source>on disk</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/tile_map.py" />
   <source>in memory</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/tile_map.py" />
   <source>not yet saved</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/tile_map.py" />
   <source>being worked</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/window.py" />
   <source>Memory and Jobs</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/window.py" />
   <source>Scree: memory, running jobs, tile caches and scratch data</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../ui/window.py" />
   <source>The curve needs the Python package pyqtgraph; install it with: {0} ; then start QGIS again.</source>
   <translation type="unfinished" />
  </message>
 </context>
</TS>
