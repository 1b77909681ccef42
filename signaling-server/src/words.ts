/*
 * The words of room codes: short, known to most people, kindly meant, and hard to mistake when read aloud. No word has a
 * twin of the same sound (bear and bare), none is one letter from another of its list, none is in both lists.
 */

/** Plants, food, weather, stones, moods. */
export const firstWords: readonly string[] = `
  acorn almond alpine amber apricot aqua arctic aspen atomic autumn azure bagel bamboo banana basil birch
  biscuit bluebell breeze bright broccoli bronze brook bubble burrito butter cabbage cactus candy canyon
  caramel cashew cedar cheerful cherry chestnut cinnamon citrus cloud clover coastal cobalt cobble cocoa
  coconut coffee comet cookie copper cosmic cotton crater crimson crystal cucumber curious custard dahlia
  daisy dapper daring delta denim digital dream drizzle dumpling dune eager electric emerald evening fable
  fancy festive fiesta fjord floral fluffy forest friendly frosty frozen fudge fuzzy galaxy gallant garden
  garlic garnet gentle genuine ginger glacier glitter golden graceful granite gravel grotto happy harbor
  hazel heather hedge hickory hillside honey horizon humble indigo island ivory jade jasmine jelly jovial
  jungle juniper lagoon laurel lemon lilac linen lively lotus lucky lunar magenta magic magnolia mango maple
  marble marigold maroon meadow mellow melody meteor mighty mineral misty modern moonlit mosaic mountain
  muffin mulberry musical nebula nectar nickel nimble noodle nougat nutmeg oasis ocean olive onion opal
  opera orbit orchard orchid oregano oxygen pancake papaya paprika parsley pasta pastel peach peanut pearly
  pebble pecan peony pepper petunia pickle picnic pixel pizza planet plaza polite popcorn poppy potato
  prairie praline pretzel primrose proud pudding pumpkin purple quartet quick quiet quince radish rainbow
  raisin rapid redwood ribbon river rosemary rowan royal ruby rustic safari saffron sapling savanna scarlet
  sequin sequoia sesame shadow sherbet shiny sierra silent silver simple smooth snappy snowy solar sonic
  sorbet sparkle speedy spinach spring sprout spruce squash starlit starry steady stellar stormy strudel
  sugar summer summit sunbeam sunrise sunset super sycamore syrup taco tapioca temple tempo thistle thunder
  tidy timber toast tomato topaz topiary tranquil treasure tropical truffle tulip tundra turnip twilight
  upbeat valiant valley vanilla velvet village violet vivid volcano waffle walnut wasabi whimsy willow windy
  winter wisdom witty wonder woolen yogurt zephyr zesty zigzag zippy
`
  .trim()
  .split(/\s+/);

/** Animals and things. */
export const secondWords: readonly string[] = `
  abacus airship album almanac alpaca anchor anteater antelope apron armchair atlas backpack badger bagpipe
  ballad balloon banjo barrel basket bathtub beacon beanbag bellows bicycle bison blanket bobbin bobcat
  bonnet bookcase bottle bracelet bridge bucket buffalo bugle bungalow button cabin camel camera canary
  candle canoe canvas caribou carousel castle chalk checkers chicken chimney chipmunk cicada clam clarinet
  clock collie compass condor cottage cougar coyote crab cradle crayon cricket cuckoo cupboard curtain
  cushion dingo dolphin domino donkey dove dragon drum duckling dynamo eagle easel echidna elephant engine
  envelope falcon ferret fiddle finch firefly fireside flagship flamingo flute fountain fox frisbee frog
  gadget gallery gazebo gazelle gecko gerbil giraffe goldfish gondola goose griffin guitar haddock halibut
  hammer hammock hamster harp hatbox haystack hedgehog helmet heron herring hippo husky ibex ibis igloo
  iguana impala jacket jaguar jigsaw journal jukebox kangaroo kayak kestrel kettle keyboard kimono kitten
  koala ladder ladybug lantern lemming lemur leopard library llama lobster lullaby mackerel magnet magpie
  mailbox mammoth manatee mantis marimba marker marlin marmot meerkat minnow minstrel mirror mongoose
  monocle moth mouse museum napkin narwhal necklace newt notebook ocelot octopus okapi origami oriole osprey
  ostrich otter owl oyster paintbox palette panda panther parade parasol parcel parrot pelican pencil
  penguin phoenix piano pigeon pillow pinwheel pirate platypus pony poodle possum postcard poster puffin
  pulley puma puppet puppy puzzle pyramid quail quilt rabbit radio raft raptor raven recipe rhino robin
  robot rocket rooster saddle salmon sandbox sandwich sardine satchel scarf scooter seahorse shovel shrimp
  shuttle skylight slipper sloth snail snorkel snowball snowman sofa sparrow spinner spoon squid squirrel
  stadium stamp stapler starfish statue stencil stool stork suitcase sundial swan sweater swing table
  tadpole teapot tent terrier theater thimble ticket tiger toaster toboggan torch tortoise totem toucan
  tractor trellis tripod trolley trout trumpet tuba tugboat tunnel turkey turtle ukulele umbrella unicorn
  urchin violin wagon wallaby walrus waltz wardrobe whisker whistle windmill wizard wolf wombat yeti yodel
  zebra zipper
`
  .trim()
  .split(/\s+/);
