<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<qgis version="3.22" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="0" classificationMax="360">
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="0" maximumValue="360">
          <item value="0" label="0" color="#f2efe8" alpha="255"/>
          <item value="90" label="90" color="#c9a27c" alpha="255"/>
          <item value="180" label="180" color="#4d5a72" alpha="255"/>
          <item value="270" label="270" color="#9fb7c4" alpha="255"/>
          <item value="360" label="360" color="#f2efe8" alpha="255"/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
  </pipe>
</qgis>
