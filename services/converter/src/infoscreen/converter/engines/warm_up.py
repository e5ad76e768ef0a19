"""A small presentation that makes a new LibreOffice load what real ones need: text, shapes, pictures, PDF export."""

_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

WARM_UP_DOCUMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
  xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
  xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
  xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
  office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.presentation">
 <office:body><office:presentation><draw:page draw:name="1">
  <draw:frame svg:x="1cm" svg:y="1cm" svg:width="9cm" svg:height="2cm"><draw:text-box>
   <text:p>Warm-up</text:p></draw:text-box></draw:frame>
  <draw:rect svg:x="1cm" svg:y="4cm" svg:width="2cm" svg:height="2cm"/>
  <draw:frame svg:x="5cm" svg:y="4cm" svg:width="2cm" svg:height="2cm"><draw:image>
   <office:binary-data>{_PIXEL}</office:binary-data></draw:image></draw:frame>
 </draw:page></office:presentation></office:body>
</office:document>
"""
