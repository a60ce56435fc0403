<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" sourcelanguage="en">
 <context>
  <name>Scree</name>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Fill holes in the ground from a DTM</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Adds validated, marked ground points from a DTM where a cloud has none.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Fills holes of the ground class (under trees and buildings, in gaps) with points of a reference DTM, in a regular grid. Each is compared with the ground around its hole and marked: LAS flag synthetic, SyntheticArea (0 measured, 1 vegetation, 2 buildings, 3 water, 4 roads, 5 gaps, 100 more where unverified), SyntheticResidual, SyntheticSupport, SyntheticGap and SyntheticDtm. The DTM is compared with the ground first: a shift of more than twice MAX_RESIDUAL stops the run and names its likely cause. scree:removesynthetic gives back the cloud as it was.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>intelligent: holes in the areas of PRIORITIES. gaps: every hole. full: every site, holes or not. What is in none of the areas is gaps.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>A LAS or LAZ file of the synthetic points alone, in the layout of the inputs.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Farthest from ground</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Sites farther from the nearest cell of ground are left empty, CRS units; empty is no limit.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Search radius</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>How far from a site the ground that supports it is looked for at first, CRS units; empty is 10 m. It is doubled until it reaches twice as far as the nearest ground and holds MIN_NEIGHBORS cells of ground; and on, to four times as far, while a quadrant has none. Never beyond MAX_GAP.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Least support</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>A new point with fewer cells of ground around it is unverified: see UNVERIFIED. Up to four of each quadrant are looked at, or as many as this number says.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Largest residual</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Vertical units; empty is 1 m. The DTM may lie this far from the ground that supports a site, and the new point this far from a robust plane through that ground, plus 20 % for each metre to the nearest ground, as terrain bends, and up to 3 times that where the ground lies on one side only. On its way to some of that ground the DTM must not step by more within two pixels, by 1.5 times as much within four, or 1.8 times within eight. Larger accepts more: terraces and walls of the DTM, and its errors.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>flag: kept, with 100 added to SyntheticArea. keep: kept as any other. drop: left out.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Most points to add</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Where more are accepted, this many are kept, evenly spread over the whole run; empty keeps all.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>offset: the median of DTM minus ground is taken off everywhere. smooth: what the DTM lies above the ground around each hole is, so that the filling meets it without a step. none: the DTM as it is.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Class of new points</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Class of the points that are added.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Source id of new points</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Point source id of the points added.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>refuse: a cloud that has Synthetic dimensions stops the run. continue: holes that its synthetic points fill are none, those that are left are filled; only measured ground is compared with the DTM.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>lidar,las,laz,copc,vpc,point cloud,ground,terrain,dtm,augmentation,synthetic,gap,hole,fill,vegetation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Strategy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Synthetic points alone</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <location filename="../algorithms/points.py" />
   <source>LAZ files (*.laz);;LAS files (*.las)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Points without support</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Correction of the DTM</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Clouds augmented before</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <location filename="../algorithms/cells.py" />
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/groundgaps.py" />
   <location filename="../algorithms/points.py" />
   <location filename="../algorithms/removesynthetic.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Points read</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <location filename="../algorithms/groundgaps.py" />
   <source>Ground points among them</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Points generated from the DTM</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Points added</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Points generated and rejected</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Points that could not be verified</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <location filename="../algorithms/points.py" />
   <location filename="../algorithms/removesynthetic.py" />
   <source>Points written</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Median of DTM minus ground</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <source>Spread of DTM minus ground</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <location filename="../algorithms/cells.py" />
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/groundgaps.py" />
   <location filename="../algorithms/points.py" />
   <location filename="../algorithms/removesynthetic.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Seconds taken</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/augmentground.py" />
   <location filename="../algorithms/cells.py" />
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/groundgaps.py" />
   <location filename="../algorithms/points.py" />
   <location filename="../algorithms/removesynthetic.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Number of warnings</source>
   <translation type="unfinished" />
  </message>
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
   <source>Yes takes over what an interrupted run of the same inputs and options has finished; No starts anew.</source>
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
   <source>Report</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Every count, option, warning and time of the run, as numbers for a program.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>Report to look at</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/base.py" />
   <source>The report as one page: sums, time by phase, memory, histograms and small maps of the results; it opens in the Results Viewer. The numbers are written beside it as JSON.</source>
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
   <source>Adds an extra dimension for each formula: of the point's own values (z, Amplitude, any attribute), of rasters (z - r[0] is the height over a DTM), or of neighbors (n[0].z is the height of the first one, also from another cloud: attribute transfer). A name the points have (z, Classification, Amplitude, an extra dimension) is overwritten, where there is a new value that fits its range; elsewhere it keeps what it had. A new one gets NaN, or 0 of integer types, where a formula is invalid. Every point keeps its place and all its other attributes.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/calculateattributes.py" />
   <source>One a line (or between semicolons): name(type) = formula, as _height(float) = z - r[0]; without a type it is float, or what the points have it as. Types: int8 to int64, uint8 to uint64, float, double, bool; LAS holds no text. Integers are rounded and cut to their range. A later formula may use an earlier one's name.</source>
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
   <location filename="../algorithms/cells.py" />
   <location filename="../algorithms/dem.py" />
   <source>Cell size</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cells.py" />
   <source>Side of a cell in CRS units; cells lie on multiples of it, so neighboring runs join.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cells.py" />
   <location filename="../algorithms/pointstats.py" />
   <source>Attribute</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cells.py" />
   <location filename="../algorithms/pointstats.py" />
   <source>z, intensity, or any other dimension, extra ones included; NaN is left out.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cells.py" />
   <source>Cells to work</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cells.py" />
   <source>A cell has x, y and r[i] only, as Generic[r[0] &gt; 0]; empty works all cells.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cells.py" />
   <source>A GeoTIFF with a band for each feature, nodata -9999; a name ending in .cog.tif is cloud optimized.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cells.py" />
   <source>Output raster</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cells.py" />
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Points that passed the filter</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cells.py" />
   <location filename="../algorithms/dem.py" />
   <source>Cells with a value</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cellstatistics.py" />
   <source>Cell statistics</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cellstatistics.py" />
   <source>A raster with a band for each feature of the points in, or around, every cell.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cellstatistics.py" />
   <source>Computes features of any attribute of the points in every cell, or in a neighborhood of its center, and writes each as a band of one raster. Cells without points are nodata.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cellstatistics.py" />
   <location filename="../algorithms/pointstats.py" />
   <source>Features</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cellstatistics.py" />
   <source>Separated by commas: min, max, range, mean, median, sum, variance, std (with n - 1), rms, pcount, pdens, quantile(0.95), nmin(2), nmax(2), minority, majority, entropy (bits).</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cellstatistics.py" />
   <source>Empty takes the points in the cell itself; circle(r=2), window(s=5) or knn(k=8) those around it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/cellstatistics.py" />
   <source>lidar,las,laz,copc,vpc,point cloud,raster,statistics,density,minimum,maximum,mean,count,percentile,dsm,neighborhood,opals,r.in.xyz</source>
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
   <location filename="../algorithms/ground.py" />
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
   <source>CRS units; empty is half a cell, 0 is no thinning. Larger is faster and loses detail; smaller keeps more points.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Tension (rst)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <source>Empty finds it with the smoothing for blended segments and is 40 for plain ones. Larger (to 100) is like a membrane, smaller (10) like a stiff plate.</source>
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
   <source>Most points a leaf of the quad tree holds; empty is 64 for blended and 40 for plain. Larger is smoother between segments and slower, as its cube. It never depends on memory.</source>
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
   <source>Nearest points a cell is made of; empty is 12 for idw and 24 for movingplane. Larger is smoother and slower, smaller keeps detail and noise.</source>
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
   <source>lidar,las,laz,copc,vpc,point cloud,ground,terrain,elevation,dtm,dsm,raster,grid,interpolation,spline,rst,tension,tin,delaunay,natural neighbor,idw,moving plane,nearest,slope,aspect,curvature</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/dem.py" />
   <location filename="../algorithms/ground.py" />
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
   <location filename="../algorithms/gridfrompoints.py" />
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
   <source>Writes the points that pass a filter, or those that fail it. With a neighborhood a point must also have neighbors: minPtCount of them, or one where that is not given, that pass the filter of neighbors. The point is its own neighbor, so sphere(r=2) minPtCount=5 drops points with fewer than four others within 2 units.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/filterpoints.py" />
   <source>The filter points pass or fail, for example Class[Ground]; empty lets all of them pass.</source>
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
   <location filename="../algorithms/gridfrompoints.py" />
   <source>Grid from points</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/gridfrompoints.py" />
   <source>A raster of any attribute by local interpolation of the points around every cell.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/gridfrompoints.py" />
   <source>Interpolates an attribute at the center of every cell from the points of its neighborhood, with bands for the precision (sigma), the number of points and the excentricity where wanted. A cell with too few points (moving planes 3, paraboloid 6), or whose points do not determine the surface, is nodata.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/gridfrompoints.py" />
   <source>snap: the cell's own point nearest to its center. nearest: the nearest neighbor. movingaverage, movingplanes, movingparaboloid: weighted mean, plane or paraboloid of the neighbors; robustmovingplanes drops blunders. delaunay: linear in triangles. naturalneighbor: smoother, exact at the points.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/gridfrompoints.py" />
   <source>As knn(k=8) maxSearchDistance=5, circle(r=3) or knn(k=16 mode=quadrant); empty is knn(k=8). Not for snap, delaunay and naturalneighbor, which choose their points themselves.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/gridfrompoints.py" />
   <source>Power of the weights</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/gridfrompoints.py" />
   <source>Neighbors weigh 1 / distance to this power, 0 to 4; 0 weighs all alike, larger follows near points.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/gridfrompoints.py" />
   <source>Further bands</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/gridfrompoints.py" />
   <source>Any of sigma (standard deviation of the neighbors from the surface), count (neighbors) and excentricity (distance from the cell's center to their center of gravity), separated by commas.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/gridfrompoints.py" />
   <source>lidar,las,laz,copc,vpc,point cloud,raster,grid,interpolation,moving planes,paraboloid,idw,nearest,delaunay,natural neighbor,dtm,dsm,opals</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <location filename="../ui/languages.py" />
   <source>Ground</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>Reference DTM</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>One or more rasters of terrain heights, or a VRT of many; where several have a height the first counts. Read bilinearly; where one of the four pixels is nodata, nothing is filled. A DTM in another CRS is transformed, which the log tells.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>Spacing of sites</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>Side of the cells whose middles are the sites: places that may lie in a hole. CRS units; empty is 1 m. Cells are counted from coordinate 0, so neighboring runs join. Half of it makes four times the sites.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>Distance that makes a hole</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>A site is in a hole where the nearest ground point is farther than this, CRS units; empty is 1.5 m. Larger fills only larger holes.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>Most sites for each square kilometre</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>Where SPACING makes more, it is enlarged for the whole run, with a warning.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>Areas, in order</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>The areas to look for holes in, of vegetation, buildings, water, roads and gaps; a site belongs to the first of them that holds it. Vegetation is within 5 m of classes 3, 4, 5; buildings, water and roads are within MIN_SPACING of classes 6, 9, 11 or in polygons; gaps is whatever is left, areas that are not named too. A minus keeps an area empty, as in vegetation,-water,gaps.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>Classes of ground</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>Numbers of the classes that are ground, as 2 or 2,9.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>Reach of vegetation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/ground.py" />
   <source>A site this near to a point of class 3, 4 or 5 is in vegetation. CRS units; empty is 5 m.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>Find holes in the ground</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>Where the ground of a cloud has holes, how large they are, and what causes them.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>Maps the holes of the ground class before they are filled: of each cell of SPACING farther from ground than MIN_SPACING the distance to the nearest cell of ground (the mean of its points), the cause (1 vegetation, 2 buildings, 3 water, 4 roads, 5 other gaps) and the area of the whole hole it belongs to. Cells that share an edge are one hole.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>A GeoTIFF with the bands distance, cause and size (area of the hole); nodata where there is no hole.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>A GeoPackage of polygons with area, cause and largest distance to ground.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>lidar,las,laz,copc,vpc,point cloud,ground,gap,hole,void,diagnosis,quality,augmentation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>Holes</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>Outlines of holes</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>Cells of the cloud</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>Cells in holes</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>Number of holes</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>Area of the largest hole</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/groundgaps.py" />
   <source>Largest distance to ground</source>
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
   <source>Points that count as neighbors</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Only points that pass are neighbors; b. is the point (or cell) being worked: Generic[b.PointSourceId == PointSourceId] leaves those of its own strip. A filter with b. is checked after the search, so a knn may keep fewer than k. Empty counts all points.</source>
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
   <source>A GeoPackage (.gpkg) with an even sample of at most 200,000 of the points written, their new attributes and style, for a QGIS that opens no LAS or LAZ. The sample is the same on every run.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/points.py" />
   <source>Only points that pass get new values, for example Class[Ground]; empty works all points.</source>
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
   <source>Preview</source>
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
   <location filename="../algorithms/removesynthetic.py" />
   <source>Remove synthetic points</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/removesynthetic.py" />
   <source>Gives back the points that were measured, byte for byte.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/removesynthetic.py" />
   <source>Takes out of clouds what scree:augmentground added: every point whose SyntheticArea is above 0, and the Synthetic dimensions. What is left are the measured points, byte for byte and in their order, with their other dimensions and the records of the file's header. The LAS flag synthetic decides nothing: real clouds have points with it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/removesynthetic.py" />
   <source>lidar,las,laz,point cloud,ground,augmentation,synthetic,remove,undo,original</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/removesynthetic.py" />
   <source>Synthetic points removed</source>
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
   <source>Voxels whose probability is above this count as occupied. Larger keeps only what was seen often or brightly.</source>
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
   <source>Most tiles held at once; 0 leaves that to the memory below. The result is the same.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>Upper bound in MB (2^20 bytes), at least 512; 0 is half of the free memory, at most 8192.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>A folder on a disk with free space; empty is the folder of the output, or of the map.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmap.py" />
   <source>voxel,octomap,octree,occupancy,log-odds,lidar,point cloud,3d grid,free space,canopy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapcheck.py" />
   <source>Check voxel map</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapcheck.py" />
   <source>Reads every tile of a voxel map and lists the damaged ones. A tile is two files: iwlo_meta.bin holds log-odds and observations and is the truth, octree.bt is the tree OctoMap's tools open; a tree that is missing or differs can be made anew. A damaged iwlo_meta.bin must come from a copy.</source>
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
   <source>Export voxel map</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapexport.py" />
   <source>Writes a voxel map for other programs: as one tree for OctoMap's tools (bt, ot), or as the centers of the occupied voxels in a cloud (las, laz), a GeoPackage or PLY.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapexport.py" />
   <source>Voxels joined along a side</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapexport.py" />
   <source>An overview: cubes of so many voxels become one point (not in bt, ot); it divides the tile.</source>
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
   <source>Merge voxel maps</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapmerge.py" />
   <source>Adds the log-odds (within their limits) and the observations of one voxel map to another, voxel by voxel and tile by tile. The map is changed as a whole or not at all: a run that fails or is cancelled leaves it as it was.</source>
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
   <source>Query voxel map</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapquery.py" />
   <source>Asks a voxel map one of three things and writes the answers as CSV: the occupied voxels of a box (BOX, or the whole map), the probability of being occupied at places (POINTS), or the first occupied voxel that rays meet (ORIGIN with TARGET or POINTS).</source>
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
   <source>Start of rays</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapquery.py" />
   <source>x,y,z: the first occupied voxel on the way from here to TARGET, or to each of the points.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapquery.py" />
   <source>End of the ray</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapquery.py" />
   <source>x,y,z in map coordinates; goes with ORIGIN.</source>
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
   <source>Rasters of a voxel map</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmaprasters.py" />
   <source>Makes rasters of what stands in each column of a voxel map, in cells as wide as its voxels: top and bottom of what is occupied, number of occupied voxels, largest gap between them. Give at least one output; columns without an occupied voxel are nodata (number 0).</source>
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
   <source>Update voxel map</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Adds point clouds to a tiled voxel map: each voxel keeps the log-odds of being occupied and how often it was observed. Only a few tiles are in memory. A run counts as a whole or not at all, an interrupted one goes on, and its result does not depend on memory, order or splitting of files. Airborne clouds have no free space unless the sensor's place is known: by default every return is a hit.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Tiles held at once, within the memory below; 0 is no other limit. The result is the same.</source>
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
   <source>Columns of the trajectory</source>
   <translation type="unfinished" />
  </message>
  <message>
   <location filename="../algorithms/voxelmapupdate.py" />
   <source>Of a text trajectory, in order, as gps_time x y z; empty reads its header line.</source>
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
   <source>maxSearchDistance is ignored: the query says itself how far it sees</source>
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
   <source>The curve needs the Python package pyqtgraph; {0}</source>
   <translation type="unfinished" />
  </message>
 </context>
</TS>
