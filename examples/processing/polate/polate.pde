// Polate's notes as circles, and the mouse as Polate's pad. Needs the library oscP5 (Sketch, Import Library).
//
// Each voice has its own row. A note is a circle as long as it sounds; its place is its pitch.

import java.util.concurrent.ConcurrentHashMap;
import netP5.*;
import oscP5.*;

OscP5 osc;
NetAddress polate = new NetAddress("127.0.0.1", 9010);
ConcurrentHashMap<String, Integer> sounding = new ConcurrentHashMap<String, Integer>();  // voice and pitch: velocity
String[] voices = {"line", "bass", "chord", "keys"};
volatile String pattern = "";
int lastSubscription = -30000;

void setup() {
  size(960, 480);
  colorMode(HSB, 127);
  osc = new OscP5(this, 9011);
}

void draw() {
  if (millis() - lastSubscription >= 30000) {  // a subscription lasts 60 s
    lastSubscription = millis();
    osc.send(new OscMessage("/polate/subscribe").add(9011), polate);
  }
  background(10);
  for (int row = 0; row < voices.length; row++) {
    for (int pitch = 0; pitch < 128; pitch++) {
      Integer velocity = sounding.get(voices[row] + pitch);
      if (velocity != null) {
        fill(pitch % 12 * 10, 100, 127);
        circle(map(pitch, 24, 108, 0, width), (row + 0.5) * height / voices.length, velocity);
      }
    }
  }
  fill(127);
  text(pattern, 16, 24);
}

void mouseDragged() {
  OscMessage message = new OscMessage("/polate/xy");
  message.add(constrain(mouseX / (float) width, 0, 1));
  message.add(constrain(1 - mouseY / (float) height, 0, 1));
  osc.send(message, polate);
}

void keyPressed() {
  if (key == ' ') {
    osc.send(new OscMessage("/polate/panic"), polate);
  }
}

void oscEvent(OscMessage message) {  // in a thread of oscP5
  String address = message.addrPattern();
  if (address.equals("/polate/pattern")) {
    pattern = message.get(0).stringValue();
  } else if (address.startsWith("/polate/note/")) {
    String note = address.substring("/polate/note/".length()) + message.get(0).intValue();
    int velocity = message.get(1).intValue();
    if (velocity > 0) {
      sounding.put(note, velocity);
    } else {
      sounding.remove(note);
    }
  }
}
