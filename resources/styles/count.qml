<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<qgis version="3.22" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="0" classificationMax="1">
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="0" maximumValue="1">
          <item value="0" label="0" color="#f7fbfd" alpha="255"/>
          <item value="0.25" label="0.25" color="#b9d7e6" alpha="255"/>
          <item value="0.5" label="0.5" color="#6fa8c9" alpha="255"/>
          <item value="0.75" label="0.75" color="#34719f" alpha="255"/>
          <item value="1" label="1" color="#12375f" alpha="255"/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
  </pipe>
</qgis>
