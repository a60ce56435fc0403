<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<qgis version="3.22" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="0" classificationMax="1">
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="0" maximumValue="1">
          <item value="0" label="0" color="#2f6b4f" alpha="255"/>
          <item value="0.2" label="0.2" color="#7fa86a" alpha="255"/>
          <item value="0.4" label="0.4" color="#d9d39a" alpha="255"/>
          <item value="0.6" label="0.6" color="#c49a6c" alpha="255"/>
          <item value="0.8" label="0.8" color="#8f6a55" alpha="255"/>
          <item value="1" label="1" color="#f5f2ee" alpha="255"/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
  </pipe>
</qgis>
