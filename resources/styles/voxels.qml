<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<qgis version="3.22" styleCategories="Symbology|Rendering" hasScaleBasedVisibilityFlag="{limited}" minScale="{farthest}" maxScale="{nearest}">
  <renderer-v2 type="singleSymbol" symbollevels="0" enableorderby="1" forceraster="0">
    <symbols>
      <symbol type="marker" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <Option type="Map">
            <Option type="QString" name="name" value="square"/>
            <Option type="QString" name="size" value="{size}"/>
            <Option type="QString" name="size_unit" value="MapUnit"/>
            <Option type="QString" name="size_map_unit_scale" value="3x:0,0,1,0.3,0,0"/>
            <Option type="QString" name="color" value="52,113,159,255"/>
            <Option type="QString" name="outline_style" value="no"/>
          </Option>
          <prop k="name" v="square"/>
          <prop k="size" v="{size}"/>
          <prop k="size_unit" v="MapUnit"/>
          <prop k="size_map_unit_scale" v="3x:0,0,1,0.3,0,0"/>
          <prop k="color" v="52,113,159,255"/>
          <prop k="outline_style" v="no"/>
          <data_defined_properties>
            <Option type="Map">
              <Option type="QString" name="name" value=""/>
              <Option type="Map" name="properties">
                <Option type="Map" name="fillColor">
                  <Option type="bool" name="active" value="true"/>
                  <Option type="QString" name="expression" value="ramp_color('Viridis', scale_linear(z($geometry), {low}, {high}, 0, 1))"/>
                  <Option type="int" name="type" value="3"/>
                </Option>
              </Option>
              <Option type="QString" name="type" value="collection"/>
            </Option>
          </data_defined_properties>
        </layer>
      </symbol>
    </symbols>
    <orderby>
      <orderByClause asc="1" nullsFirst="0">z($geometry)</orderByClause>
    </orderby>
  </renderer-v2>
</qgis>
