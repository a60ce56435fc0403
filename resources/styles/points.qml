<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<qgis version="3.22" styleCategories="Symbology">
  <renderer-v2 type="graduatedSymbol" attr="value" graduatedMethod="GraduatedColor" symbollevels="0" forceraster="0" enableorderby="0">
    <ranges>
      <range lower="0" upper="0.1" symbol="0" label="" render="true"/>
      <range lower="0.1" upper="0.2" symbol="1" label="" render="true"/>
      <range lower="0.2" upper="0.3" symbol="2" label="" render="true"/>
      <range lower="0.3" upper="0.4" symbol="3" label="" render="true"/>
      <range lower="0.4" upper="0.5" symbol="4" label="" render="true"/>
      <range lower="0.5" upper="0.6" symbol="5" label="" render="true"/>
      <range lower="0.6" upper="0.7" symbol="6" label="" render="true"/>
      <range lower="0.7" upper="0.8" symbol="7" label="" render="true"/>
      <range lower="0.8" upper="0.9" symbol="8" label="" render="true"/>
      <range lower="0.9" upper="1" symbol="9" label="" render="true"/>
    </ranges>
    <symbols>
      <symbol type="marker" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <prop k="color" v="48,18,59,255"/>
          <prop k="name" v="circle"/>
          <prop k="outline_style" v="no"/>
          <prop k="size" v="0.8"/>
          <prop k="size_unit" v="MM"/>
        </layer>
      </symbol>
      <symbol type="marker" name="1" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <prop k="color" v="70,98,215,255"/>
          <prop k="name" v="circle"/>
          <prop k="outline_style" v="no"/>
          <prop k="size" v="0.8"/>
          <prop k="size_unit" v="MM"/>
        </layer>
      </symbol>
      <symbol type="marker" name="2" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <prop k="color" v="54,169,225,255"/>
          <prop k="name" v="circle"/>
          <prop k="outline_style" v="no"/>
          <prop k="size" v="0.8"/>
          <prop k="size_unit" v="MM"/>
        </layer>
      </symbol>
      <symbol type="marker" name="3" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <prop k="color" v="26,228,182,255"/>
          <prop k="name" v="circle"/>
          <prop k="outline_style" v="no"/>
          <prop k="size" v="0.8"/>
          <prop k="size_unit" v="MM"/>
        </layer>
      </symbol>
      <symbol type="marker" name="4" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <prop k="color" v="114,254,94,255"/>
          <prop k="name" v="circle"/>
          <prop k="outline_style" v="no"/>
          <prop k="size" v="0.8"/>
          <prop k="size_unit" v="MM"/>
        </layer>
      </symbol>
      <symbol type="marker" name="5" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <prop k="color" v="200,239,52,255"/>
          <prop k="name" v="circle"/>
          <prop k="outline_style" v="no"/>
          <prop k="size" v="0.8"/>
          <prop k="size_unit" v="MM"/>
        </layer>
      </symbol>
      <symbol type="marker" name="6" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <prop k="color" v="251,185,56,255"/>
          <prop k="name" v="circle"/>
          <prop k="outline_style" v="no"/>
          <prop k="size" v="0.8"/>
          <prop k="size_unit" v="MM"/>
        </layer>
      </symbol>
      <symbol type="marker" name="7" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <prop k="color" v="245,105,24,255"/>
          <prop k="name" v="circle"/>
          <prop k="outline_style" v="no"/>
          <prop k="size" v="0.8"/>
          <prop k="size_unit" v="MM"/>
        </layer>
      </symbol>
      <symbol type="marker" name="8" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <prop k="color" v="201,41,3,255"/>
          <prop k="name" v="circle"/>
          <prop k="outline_style" v="no"/>
          <prop k="size" v="0.8"/>
          <prop k="size_unit" v="MM"/>
        </layer>
      </symbol>
      <symbol type="marker" name="9" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <prop k="color" v="122,4,3,255"/>
          <prop k="name" v="circle"/>
          <prop k="outline_style" v="no"/>
          <prop k="size" v="0.8"/>
          <prop k="size_unit" v="MM"/>
        </layer>
      </symbol>
    </symbols>
  </renderer-v2>
</qgis>
