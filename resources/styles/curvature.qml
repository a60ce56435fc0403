<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<qgis version="3.22" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="-1" classificationMax="1">
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="-1" maximumValue="1">
          <item value="-1" label="-1" color="#2b5c8a" alpha="255"/>
          <item value="-0.3" label="-0.3" color="#9fc3dc" alpha="255"/>
          <item value="0" label="0" color="#f7f7f7" alpha="255"/>
          <item value="0.3" label="0.3" color="#eab598" alpha="255"/>
          <item value="1" label="1" color="#a3392b" alpha="255"/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
  </pipe>
</qgis>
