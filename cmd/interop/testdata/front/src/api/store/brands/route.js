const GET = async (req, res) => {
  const [brands] = await req.scope.resolve("brand").listAndCountBrands()
  res.json({ brands, ip: req.ip, protocol: req.protocol, customer: req.auth_context?.actor_id ?? null })
}
const POST = async (req, res) => res.json({ got: req.body })
module.exports = { GET, POST }
