<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<qgis version="3.22" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="0" classificationMax="1">
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="0" maximumValue="1">
          <item value="0" label="0" color="#fcfdf2" alpha="255"/>
          <item value="0.25" label="0.25" color="#f6c37f" alpha="255"/>
          <item value="0.5" label="0.5" color="#e0705c" alpha="255"/>
          <item value="0.75" label="0.75" color="#8f3b76" alpha="255"/>
          <item value="1" label="1" color="#241242" alpha="255"/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
  </pipe>
</qgis>
