// Runs the site's search as a page would: `node find.js SITE QUERY...` prints a line of JSON for each query.
"use strict";
const fs = require("node:fs"), path = require("node:path"), vm = require("node:vm"), zlib = require("node:zlib");
const [site, script, ...queries] = process.argv.slice(2);
(async () => {
  for (const query of queries) {
    delete require.cache[require.resolve(script)];
    const gazetteerSearch = require(script);
    const loaded = [];
    let bytes = 0, compressed = 0;
    const load = async (name) => {
      const content = fs.readFileSync(path.join(site, "search", name + ".js"));
      loaded.push(name);
      bytes += content.length;
      compressed += zlib.gzipSync(content).length;
      vm.runInNewContext(content.toString(), { gazetteerSearch });
    };
    const { found, more, asked } = await gazetteerSearch.find(query, load);
    const results = found.map((entry) => ({
      name: entry.name, total: entry.total, fits: entry.fits,
      places: entry.places.map((p) => ({ ...p, address: gazetteerSearch.addressOf(p) })),
    }));
    console.log(JSON.stringify({ query, more, elsewhere: asked.elsewhere || "", loaded, bytes, compressed, results }));
  }
})();
