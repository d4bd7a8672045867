#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# A folder of recordings to look for things in: a dozen texts, spoken by espeak-ng in several formats, beside those of data/samples.
# Needs espeak-ng and ffmpeg.
#   tools/make-recordings.sh OUT_DIR
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -eq 1 ] || { echo "usage: tools/make-recordings.sh OUT_DIR" >&2; exit 2; }
mkdir -p "$1"
sound=$(mktemp --suffix=.wav)
trap 'rm -f "$sound"' EXIT

# say VOICE NAME: what stands on stdin.
say () {
  espeak-ng -v "$1" -s 140 -w "$sound" --stdin
  ffmpeg -v error -nostdin -y -i "$sound" -ac 1 "$out/$2"
}

out=$1
cp "$root"/data/samples/*.opus "$root"/data/samples/*.webm "$out/"
say en-gb "Bedtime story.mp3" <<END
Once upon a time there was an old lighthouse on a rock in the sea. Every evening the keeper climbed two hundred steps to light the
lamp. One night a storm came, and the lamp went out. The keeper took all the candles he had, and put them in the window. A small
red boat saw the light, and found its way into the harbour. Since then the fishermen bring him a candle every Christmas.
END
say en-us "Chess club.ogg" <<END
Welcome to the chess club. We meet every Wednesday evening at seven in the library. Beginners are welcome, we have boards and
clocks. This month we look at endgames with rooks. On the last Saturday there is a tournament against the team from the next
village, seven rounds, fifteen minutes for each player.
END
say en-gb "Dentist appointment.wav" <<END
Hello, this is the practice of Doctor Lindqvist. Your appointment on Tuesday has to be moved. We can offer you Thursday the
fourteenth at half past nine in the morning. Please bring your insurance card, and do not eat anything for two hours before. If
the pain in the tooth gets worse, call us at any time.
END
say en-gb "Guided tour of the observatory.opus" <<END
Please come closer. This telescope was built in eighteen eighty nine. Its lens has a diameter of ninety one centimetres, and it is
still used on clear nights. Through it you can see the rings of Saturn, the moons of Jupiter, and, with a little luck, the nebula
in Orion. Mind your head when you go down the stairs.
END
say en-gb "Interview with a beekeeper.mp3" <<END
I started keeping bees twelve years ago, with two hives behind the barn. In spring a colony grows from ten thousand bees to fifty
thousand. The queen lays up to two thousand eggs on a single day. The hardest thing is the winter. You must leave them enough
honey, and protect them against the varroa mite. People ask me whether I get stung. Of course I do, but you move slowly, and the
smoke calms them. Last summer we had the best harvest ever, almost forty kilos of honey from one hive, mostly from lime trees and
clover.
END
say en-us "Lecture on tides.ogg" <<END
Today we speak about the tides. The moon pulls at the water of the oceans, and because it pulls harder on the near side than on
the far side, there are two bulges, and most coasts have high water twice a day. When the sun and the moon stand in one line, at
full moon and at new moon, their forces add up, and we have spring tides. At half moon they work against each other. In the Bay of
Fundy in Canada the difference between high and low water can be sixteen metres.
END
say en-gb "Meeting about the roof.mp3" <<END
Good, then let us begin. The first point is the roof of the school. The engineer says that the beams on the north side are wet,
and that it will cost about thirty thousand euros. We have two offers. The cheaper company could start in March, the other one at
once. I propose that we ask the council for money before we decide. The second point is the bicycle stand. Everybody agrees that
it should be covered.
END
say en-gb "Physiotherapy exercises.wav" <<END
We begin with the shoulders. Lie on your back, and lift your arms slowly over your head. Breathe out while you lift them. Ten
times. Then turn to the side, bend your knees, and hold for twenty seconds. If your lower back hurts, stop and rest.
END
say en-gb "Recipe for lentil soup.opus" <<END
For the lentil soup you need three hundred grams of red lentils, an onion, two carrots, and a spoon of cumin. Fry the onion in
olive oil until it is golden. Add the spices, then the lentils and a litre of water. Let it cook for twenty minutes. At the end,
the juice of a lemon, and fresh coriander.
END
say en-us+f3 "Shopping for Sunday.mp3" <<END
Can you get a few things on your way home? We need two litres of milk, a loaf of rye bread, half a pound of butter, six eggs, and
lemons for the cake. And please look whether they have fresh strawberries. The guests come on Sunday at three.
END
say de "Sprachnachricht von Oma.ogg" <<END
Hallo mein Schatz, hier ist die Oma. Ich wollte dir nur sagen, dass der Zug am Freitag schon um zehn Uhr fährt und nicht erst um
elf. Zieh dich warm an, bei uns hat es geschneit. Ich habe einen Apfelkuchen gebacken. Bis bald!
END
say en-gb "Weather for sailors.m4a" <<END
Here is the weather for sailors. German Bight and Fisher: south west five to seven, increasing eight, gale warning. Rain, then
showers, visibility moderate. Sea state rough. Baltic Sea: variable three, later west four. Fog in the morning near the coast of
Denmark.
END
