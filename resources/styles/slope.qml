<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<qgis version="3.22" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="0" classificationMax="70">
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="0" maximumValue="70">
          <item value="0" label="0" color="#ffffff" alpha="255"/>
          <item value="5" label="5" color="#fdf3c8" alpha="255"/>
          <item value="15" label="15" color="#f9c66b" alpha="255"/>
          <item value="30" label="30" color="#e4743f" alpha="255"/>
          <item value="45" label="45" color="#a8304a" alpha="255"/>
          <item value="70" label="70" color="#3d1a4e" alpha="255"/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
  </pipe>
</qgis>
